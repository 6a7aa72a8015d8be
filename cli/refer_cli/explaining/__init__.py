"""What the deployed code decides, told step by step; nothing is dialled and nothing is written."""
