"""What a deployment will run: the synthesized app compared with what is deployed."""
