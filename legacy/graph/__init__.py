"""The graph that the port builds, as something to look at: listed, diffed, exported, drawn and run in slow motion."""
