import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import express, { type Express, Router } from 'express';
import helmet from 'helmet';
import { appFiles } from './app-files.ts';
import { UPLOAD_PATHS } from './broker/manifests.ts';
import { TOKEN_PATH } from './broker/token-path.ts';
import type { ApiDeps } from './deps.ts';
import { addEventRoute } from './importer/events.ts';
import { jsonBody, noStore, requestId, requestLog } from './middleware.ts';
import { addDocumentation } from './openapi.ts';
import { addOperatorRoutes } from './operator/health.ts';
import { createMetrics, type Metrics } from './operator/metrics.ts';
import { HttpProblem, PROBLEMS, problemHandler } from './problem.ts';
import { type Routes, refuseOtherMethods } from './route.ts';
import { ROUTES } from './routes.ts';

/** The whole API, not yet listening. */
export function createApp(deps: ApiDeps): Express {
  const app = express();
  const metrics = createMetrics(deps.db);

  app
    .set('trust proxy', deps.settings.trustedProxies ?? 0)
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple');
  app.use(requestId);
  app.use(requestLog(deps.log, metrics.observe));
  if (deps.appDirectory !== undefined) app.use(appFiles(deps.appDirectory));
  app.use(helmet());
  app.use(noStore);
  app.use(jsonBody(new Set([TOKEN_PATH, ...UPLOAD_PATHS])));
  app.use(allRoutes(deps, metrics).router);
  app.use(() => {
    throw new HttpProblem('not-found', PROBLEMS['not-found'].remedy);
  });
  app.use(problemHandler(deps.log));
  return app;
}

/** Every route, with its description. */
export function allRoutes(deps: ApiDeps, metrics: Metrics): Routes {
  const routes: Routes = { router: Router(), registry: new OpenAPIRegistry(), methods: new Map() };
  addOperatorRoutes(routes, deps, metrics);
  for (const add of ROUTES) add(routes, deps);
  addEventRoute(routes, deps, metrics);
  addDocumentation(routes, deps);
  refuseOtherMethods(routes);
  return routes;
}
