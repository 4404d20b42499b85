"""The local Looker's pages: server-rendered HTML, a little CSS and a few small scripts of its own."""
