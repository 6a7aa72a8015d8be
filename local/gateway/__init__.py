"""API Gateway's part on a laptop: the deployed handlers behind the routes of template.yaml."""
