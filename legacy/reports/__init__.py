"""What people and programs are shown: text, JSON, JUnit, pages, pictures."""
