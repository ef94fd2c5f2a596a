"""Receivers of e-mails and webhooks: an SMTP sink and an nginx, which accept everything."""
import subprocess

from lab import free_port, http, wait_until

# Own folder and port, independent of the system's nginx.
NGINX = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 204; }}
  }}
}}
"""


class Sinks:
    def __init__(self, smtp_program, folder):
        self.smtp = subprocess.Popen([smtp_program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.nginx = None
        try:
            self.smtp_port = int(self.smtp.stdout.readline())
            self._start_nginx(folder)
        except BaseException:
            self.close()
            raise

    def _start_nginx(self, folder):
        folder.mkdir()
        folder.chmod(0o755)
        port = free_port()
        self.webhook_url = f"http://127.0.0.1:{port}/"
        folder.joinpath("nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        self.nginx = subprocess.Popen(
            ["/usr/sbin/nginx", "-e", folder / "nginx.log", "-p", folder, "-c", folder / "nginx.conf"],
            stdin=subprocess.DEVNULL)
        wait_until(lambda: http("GET", self.webhook_url)[0] == 204 or self.nginx.poll() is not None, "nginx")
        if self.nginx.poll() is not None:
            raise RuntimeError("nginx exited during its start; see its error messages above")

    def close(self):
        for process in (self.smtp, self.nginx):
            if process:
                process.terminate()
                process.wait()
