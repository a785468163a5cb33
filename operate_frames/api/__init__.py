"""The wire formats, one module an API: questions to request bodies, answers to items. Pure, no I/O."""
