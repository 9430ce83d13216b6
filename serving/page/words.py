"""The page's longer texts."""

NOTICE = """## Before you begin

A face swap shows a person doing what that person did not do.

- Use pictures and films only of people who **agreed** to it.
- Tell everybody who sees the result what it is. Each result is **marked** as made by a machine, in
  ways that are seen by programs and not by eyes; leave the marks in place.
- Do not deceive, harass or impersonate anyone. Many countries' laws forbid it.

Your files stay on the machine that runs this page. They are deleted when you ask for it, and {keep}
after you have closed the page.
"""
AGREE = "I have the consent of the people shown"
FACES_HINT = (
    "Everybody gets the face of person 1. To choose: click a face below, then say whose face it "
    "gets. In a film, move to another moment to find more faces."
)
LIKENESS_HINT = (
    "How like each new face is to the person who was put in, and to the old face: 1 is the same "
    "person, about 0 somebody else. The network's own encoder judges, which is easily pleased. Of "
    "films it is asked if *Settings* say so."
)
NO_FACES = "No face was found here. In a film, try another moment."


def minutes(seconds: float) -> str:
    """A time for people."""
    count = max(1, round(seconds / 60))
    return "1 minute" if count == 1 else f"{count} minutes"
