"""What people wrote, as pages: ``body.py`` makes a strict tree of their HTML, the others write it down."""
