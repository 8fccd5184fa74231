"""The desk as a WSGI application, for `jianwei serve` and any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
application = get_wsgi_application()
