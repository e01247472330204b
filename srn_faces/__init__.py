"""srn-faces, the command line: outside srn_mmdet, as importing that takes seconds."""
