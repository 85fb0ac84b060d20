# Clinic Reviews in one image: `reviews serve` with the worker beside it. Data lives in the volume /data.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/reviews
COPY requirements.txt ./
RUN /opt/reviews/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE schema.sql ./
COPY reviews ./reviews
COPY templates ./templates
COPY examples ./examples
RUN /opt/reviews/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin reviews \
    && install -d -o reviews -g reviews -m 0700 /data
COPY --from=build /opt/reviews /opt/reviews
ENV PATH=/opt/reviews/bin:$PATH PYTHONUNBUFFERED=1 \
    REVIEWS_DATA_DIR=/data REVIEWS_HOST=0.0.0.0 REVIEWS_PORT=8000 REVIEWS_DAILY_BACKUPS=1
USER reviews
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=40s --retries=3 CMD ["reviews", "health"]
CMD ["reviews", "serve"]
