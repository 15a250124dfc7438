"""An institution at work: its process and listener, what every listener answers, its keys, its reports."""
