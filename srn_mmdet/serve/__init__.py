"""A web page and a JSON API that find faces in pictures: ``srn-faces serve``."""
