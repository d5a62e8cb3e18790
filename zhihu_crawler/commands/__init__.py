"""What ``scrapy <command>`` adds in this project."""
