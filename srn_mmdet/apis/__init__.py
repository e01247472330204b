"""What a script calls; import the module that you need."""
