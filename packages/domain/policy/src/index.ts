export { can, reachOf } from './can.ts';
export { anyToolPermission, mayUseTool } from './may-use-tool.ts';
export {
  corePermissions,
  furtherPermissions,
  permissionAliases,
  permissionNamed,
  permissions,
  type Permission,
} from './permissions.ts';
export { rolePermissions, type Reach } from './role-permissions.ts';
export { mayEnter, type Entry, type OrganisationRule, type RouteAccess } from './route-access.ts';
