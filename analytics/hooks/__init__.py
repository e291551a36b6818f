"""What mail providers report by themselves: read and checked by django-anymail, taken in by the one door."""
