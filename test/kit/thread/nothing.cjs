// What a thread need not load.
