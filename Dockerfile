# The daemon alone. Its settings are in /etc/esl-bridge, what outlives it in /var/lib/esl-bridge.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
COPY . /src
# Nothing is installed in the image that is run: no installer is needed there.
RUN python3 -m venv /opt/esl-bridge \
    && /opt/esl-bridge/bin/pip install --no-cache-dir /src \
    && /opt/esl-bridge/bin/pip uninstall --yes setuptools pip

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 8780 --home-dir /var/lib/esl-bridge --create-home esl-bridge \
    && chmod 0700 /var/lib/esl-bridge
COPY --from=build /opt/esl-bridge /opt/esl-bridge
COPY container/prepare.py container/ready /opt/esl-bridge/
ENV PATH=/opt/esl-bridge/bin:$PATH
USER esl-bridge
WORKDIR /var/lib/esl-bridge
VOLUME /var/lib/esl-bridge
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["/opt/esl-bridge/ready"]
ENTRYPOINT ["esl-bridge"]
CMD ["serve", "--config", "/etc/esl-bridge/esl_bridge.yaml"]
