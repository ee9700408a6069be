import { incrementalAlterConfigs } from '../../protocol/apis.js'
import { alterResources } from '../alter-resource.js'
import { alteredConfigs } from '../altered-configs.js'
import { defineHandler } from '../request-handler.js'

/** Changes single settings, or with `validateOnly` says whether they could be changed. */
export const incrementalAlterConfigsHandler = defineHandler(
  incrementalAlterConfigs,
  async ({ broker }, { resources, validateOnly }) => ({
    responses: await alterResources(
      broker,
      resources,
      validateOnly,
      ({ configs }) =>
        (where, before, settings) =>
          alteredConfigs(where, before, configs, settings),
    ),
  }),
)
