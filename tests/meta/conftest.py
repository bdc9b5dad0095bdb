"""What the tests of the compiled build leave out: it stands in a directory without the documents."""

import os

collect_ignore = ["test_readme.py", "test_tour.py"] if os.environ.get("ANONLINT_TESTED") == "compiled" else []
