export { runProcessService } from './run-process-service.ts';
export type { Asked, ServiceContext } from './service-context.ts';
export { LineReader } from './tool/line-reader.ts';
export { toolRequestSchema } from './tool/tool-protocol.ts';
export type { ToolRefusalCode, ToolReply, ToolRequest, ToolState } from './tool/tool-protocol.ts';
