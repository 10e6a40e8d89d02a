"""HTTP: the app, the public client API, the management API, the guard."""
