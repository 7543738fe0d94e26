import { addBrokerGuards } from './broker/auth.ts';
import { addBrokerChanges } from './broker/changes.ts';
import { addConsigneeChecks } from './broker/consignee-checks.ts';
import { addBrokerDeclarations, addDeclarationReads } from './broker/declarations.ts';
import { addBrokerEvents } from './broker/events.ts';
import { addBrokerEvidence } from './broker/evidence.ts';
import { addBrokerManifests, addManifestReads } from './broker/manifests.ts';
import { addBrokerPoas } from './broker/poa.ts';
import { addTokenRoute } from './broker/token.ts';
import { addBrokerWebhooks, addWebhookCare } from './broker/webhooks.ts';
import { addConsole } from './console/console.ts';
import { addCustomsContexts } from './customs/contexts.ts';
import { addCustomsEvidence } from './customs/evidence.ts';
import { addCustomsExport } from './customs/export.ts';
import { addCustomsFraudCases } from './customs/fraud-cases.ts';
import { addCustomsHolds } from './customs/holds.ts';
import { addCustomsPoas } from './customs/poas.ts';
import type { ApiDeps } from './deps.ts';
import { addDecisionRoutes } from './importer/decision.ts';
import { addDeclarationRoutes } from './importer/declarations.ts';
import { addDeviceRoutes } from './importer/devices.ts';
import { addDutyFreeRoute } from './importer/duty-free.ts';
import { addImporterGuards } from './importer/guards.ts';
import { addIdentityRoutes } from './importer/identity.ts';
import { addLeaveRoute } from './importer/leave.ts';
import { addLookupRoute } from './importer/lookups.ts';
import { addNoticeRoutes } from './importer/notices.ts';
import { addPasskeyRoutes } from './importer/passkeys.ts';
import { addPhoneChangeRoutes } from './importer/phone-change.ts';
import { addPushRoutes } from './importer/push.ts';
import { addRegistrationRoutes } from './importer/registrations.ts';
import { addReportRoute } from './importer/reports.ts';
import { addSessionRoutes } from './importer/session.ts';
import { addSettingsRoute } from './importer/settings.ts';
import { addLogCosignatures } from './log/cosignatures.ts';
import { addLogProofs } from './log/proofs.ts';
import { addLogReads } from './log/reads.ts';
import type { Routes } from './route.ts';

/** Every resource adds its own routes: a file per resource, by who calls it. */
export const ROUTES: readonly ((routes: Routes, deps: ApiDeps) => void)[] = [
  addImporterGuards,
  addSettingsRoute,
  addNoticeRoutes,
  addRegistrationRoutes,
  addPasskeyRoutes,
  addSessionRoutes,
  addDeviceRoutes,
  addDeclarationRoutes,
  addDecisionRoutes,
  addReportRoute,
  addIdentityRoutes,
  addLeaveRoute,
  addPhoneChangeRoutes,
  addDutyFreeRoute,
  addLookupRoute,
  addPushRoutes,
  addTokenRoute,
  addBrokerGuards,
  addBrokerDeclarations,
  addDeclarationReads,
  addBrokerChanges,
  addConsigneeChecks,
  addBrokerPoas,
  addBrokerManifests,
  addManifestReads,
  addBrokerEvents,
  addBrokerWebhooks,
  addWebhookCare,
  addConsole,
  addBrokerEvidence,
  addCustomsContexts,
  addCustomsPoas,
  addCustomsEvidence,
  addCustomsExport,
  addCustomsFraudCases,
  addCustomsHolds,
  addLogReads,
  addLogProofs,
  addLogCosignatures,
];
