# The gateway alone: no local Looker, no demo. Your actions and lookgate.toml are copied beside it.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements-gateway.lock pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements-gateway.lock \
 && /app/bin/pip install --no-cache-dir --no-deps . \
 && /app/bin/python -m compileall -q -j 0 /app/lib \
 && python -m compileall -q -j 0 "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

FROM python:3.12-slim
# Slim images strip the standard library's bytecode; a cold start without it takes three times as long.
COPY --from=build /usr/local/lib/python3.12 /usr/local/lib/python3.12
COPY --from=build /app /app
RUN useradd --system --uid 10001 --home-dir /srv --create-home lookgate
USER lookgate
WORKDIR /srv
ENV PATH=/app/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8080
# Cloud Run and others say the port in $PORT.
CMD ["sh", "-c", "exec lookgate serve --host 0.0.0.0 --port ${PORT:-8080}"]
