"""One file per page of the panel; `ui/app.py` says where each is found."""
