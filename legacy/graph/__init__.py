"""What `graph` does with tables of graphs: lists them, aligns two and says where they differ, tells one step."""
