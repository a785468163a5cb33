"""How somebody signs in: by settings, a form, a terminal or the keyring."""
