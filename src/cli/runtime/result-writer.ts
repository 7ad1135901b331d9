// Results of `infer` as one JSON document or as JSON lines, to stdout or to a file that appears complete.
