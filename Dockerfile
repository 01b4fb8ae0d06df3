# The worker in a small image: no compiler, no shell needed, no root, no file written outside /campaigns and /tmp.
# The base is built for the platform that is asked for; pin it by digest where builds must be repeatable.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /opt/amili-purge \
    && /opt/amili-purge/bin/pip install --no-deps --require-hashes -r requirements/runtime.txt \
    && pip install --no-deps --require-hashes -r requirements/build.txt
COPY LICENSE pyproject.toml ./
COPY config config
COPY worker worker
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/amili-purge/bin/pip install --no-deps --no-index dist/*.whl \
    && install -d -o 65532 -g 65532 /campaigns

FROM python:${PYTHON}-slim
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
ENTRYPOINT ["amili-purge"]
