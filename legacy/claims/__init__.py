"""What `claims` does: the article's claims about batch normalisation, each measured over seeds and learning rates."""
