"""The wire formats, one folder an API: questions to request bodies, answers to items. Pure, no I/O."""
