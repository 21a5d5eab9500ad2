export { runProcessService } from './run-process-service.ts';
export type { ServiceExtras } from './run-process-service.ts';
export type { Asked, ServiceContext } from './service-context.ts';
export { serviceTool } from './tools/service-tool.ts';
export type { ServiceTool } from './tools/service-tool.ts';
export { serveToolThread } from './tools/tool-thread.ts';
export { LineReader } from './tool/line-reader.ts';
export { toolRequestSchema } from './tool/tool-protocol.ts';
export type { ToolRefusalCode, ToolReply, ToolRequest, ToolState } from './tool/tool-protocol.ts';
