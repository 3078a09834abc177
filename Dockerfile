# softqd in a container, from the package that `npm pack` wrote beside this file:
#   npm pack && docker build -t softqd . && docker run --rm -it softqd demo
# A robot: docker run --device /dev/ttyACM0 -v softqd:/root/.local/state/softqd -it softqd run --driver feetech:/dev/ttyACM0 ...
FROM node:22-bookworm-slim
WORKDIR /opt/softqd
COPY softqd-*.tgz ./
RUN npm install --global --omit=optional --no-audit --no-fund ./softqd-*.tgz
ENTRYPOINT ["softqd"]
