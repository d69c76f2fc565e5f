"""What a user touches: the account, its handles, its process, the command and the fixture."""
