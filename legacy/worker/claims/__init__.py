"""The trainings that the article's claims are measured by."""
