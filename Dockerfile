# docker build -t anonlint . ; docker run --rm -v "$PWD:/tree" anonlint check --staged
FROM python:3.12-slim
RUN apt-get -qq update \
    && apt-get -qq install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /tree
COPY . /src
RUN pip install --no-cache-dir "/src[html]" && rm -rf /src
WORKDIR /tree
ENTRYPOINT ["anonlint"]
