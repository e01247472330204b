"""A web page and a JSON API that find faces in pictures: ``srn-faces serve``."""

from .command import main

__all__ = ['main']
