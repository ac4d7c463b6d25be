"""Real web servers for test_real_daemons_web.py: see daemons.py, which runs them. What they serve was last changed in 2015."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import daemons

HOME = daemons.HOME
CHANGED = datetime(2015, 3, 4, 12, tzinfo=UTC)

PAGE = "<html><head><title>Login</title><link rel='icon' href='/icon.gif'></head><body></body></html>"
ICON = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

NGINX = """
daemon off;
pid /run/daemon/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /run/daemon/t1;
  proxy_temp_path /run/daemon/t2;
  fastcgi_temp_path /run/daemon/t3;
  uwsgi_temp_path /run/daemon/t4;
  scgi_temp_path /run/daemon/t5;
  types { image/gif gif; text/html html; }
  server {
    listen 127.0.0.1:80;
    root /run/daemon/www;
  }
  # Docker's answers, as its API documents them, behind a server that keeps connections as Docker's does
  server {
    listen 127.0.0.1:2375;
    default_type application/json;
    location = / { return 404 '{"message":"page not found"}'; }
    location = /version { return 200 '{"Version":"20.10.7","ApiVersion":"1.41","Os":"linux","Arch":"amd64"}'; }
  }
}
"""

LIGHTTPD = """
server.port = 80
server.bind = "127.0.0.1"
server.document-root = "/run/daemon/www"
server.errorlog = "/run/daemon/error"
index-file.names = ( "index.html" )
mimetype.assign = ( ".html" => "text/html", ".gif" => "image/gif" )
"""

APACHE = """
ServerRoot /run/daemon
ServerName here
Listen 127.0.0.1:80
PidFile /run/daemon/apache.pid
ErrorLog /dev/stderr
DefaultRuntimeDir /run/daemon
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
TypesConfig /dev/null
AddType text/html .html
AddType image/gif .gif
User nobody
Group nogroup
DocumentRoot /run/daemon/www
"""

CUPSD = """
Listen 127.0.0.1:631
ServerName 127.0.0.1
WebInterface Yes
DefaultAuthType None
Browsing No
<Location />
  Order allow,deny
  Allow from all
</Location>
"""

CUPS_FILES = """
ServerRoot /run/daemon/cups
RequestRoot /run/daemon/spool
CacheDir /run/daemon/cups
StateDir /run/daemon/cups
ErrorLog stderr
AccessLog /dev/null
PageLog /dev/null
"""


def serves():
    www = HOME / "www"
    www.mkdir(mode=0o755)
    (www / "index.html").write_text(PAGE)
    (www / "icon.gif").write_bytes(ICON)
    for path in www.iterdir():
        path.chmod(0o644)
        os.utime(path, (CHANGED.timestamp(),) * 2)


def configured(name, text):
    serves()
    conf = HOME / name
    conf.write_text(text)
    return str(conf)


def nginx(port=80):
    return ["/usr/sbin/nginx", "-p", str(HOME), "-c", configured("nginx.conf", NGINX)], "http", port


def lighttpd():
    return ["/usr/sbin/lighttpd", "-D", "-f", configured("lighttpd.conf", LIGHTTPD)], "http", 80


def apache2():
    conf = configured("apache.conf", APACHE)
    return ["/usr/sbin/apache2", "-X", "-f", conf], "http", 80


def cupsd():
    (HOME / "cups").mkdir()
    conf, files = HOME / "cupsd.conf", HOME / "cups-files.conf"
    conf.write_text(CUPSD)
    files.write_text(CUPS_FILES)
    return ["/usr/sbin/cupsd", "-f", "-c", str(conf), "-s", str(files)], "http", 631


daemons.DAEMONS |= {
    "nginx": nginx,
    "nginx as Docker": lambda: nginx(2375),
    "lighttpd": lighttpd,
    "apache2": apache2,
    "cupsd": cupsd,
}

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    daemons.main(sys.argv[1], sys.argv[2])
