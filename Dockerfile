# The worker in a small image: no compiler, no pip, no shell needed, no root, no file written outside /campaigns and /tmp.
# The base is built for the platform that is asked for; pin it by digest where builds must be repeatable. Any base
# with Python 3.11 or newer and its `venv` will do: `make image-check` takes one made on the spot.
ARG PYTHON=3.13
ARG BASE=python:${PYTHON}-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/build.txt requirements/runtime.txt requirements/
# The worker's environment has no pip of its own: that of another environment, which is left behind, fills it.
RUN python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/amili-purge \
    && /opt/build/bin/pip --python /opt/amili-purge/bin/python install --no-deps --require-hashes -r requirements/runtime.txt \
    && /opt/build/bin/pip install --no-deps --require-hashes -r requirements/build.txt
COPY LICENSE pyproject.toml ./
COPY config config
COPY worker worker
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/build/bin/pip --python /opt/amili-purge/bin/python install --no-deps --no-index dist/*.whl \
    && install -d -o 65532 -g 65532 /campaigns

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="amili-purge" \
      org.opencontainers.image.description="Deletes a list of customers through the ARMrest API, and accounts for every one of them. Unofficial." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# What the base brings for installing packages is of no use to a worker, and of some to an intruder.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/ensurepip
COPY --from=build /opt/amili-purge /opt/amili-purge
COPY --from=build --chown=65532:65532 /campaigns /campaigns
# pip compiled the code already; with a read-only root nothing could be written beside it anyway.
ENV PATH=/opt/amili-purge/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AMILI_CAMPAIGNS=/campaigns
WORKDIR /campaigns
VOLUME /campaigns
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["amili-purge"]
