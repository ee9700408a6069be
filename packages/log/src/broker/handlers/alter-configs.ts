import { alterConfigs } from '../../protocol/apis.js'
import { alterResources } from '../alter-resource.js'
import { givenConfigs } from '../altered-configs.js'
import { defineHandler } from '../request-handler.js'

/** Replaces all settings, or with `validateOnly` says whether they could be replaced. */
export const alterConfigsHandler = defineHandler(
  alterConfigs,
  async ({ broker }, { resources, validateOnly }) => ({
    responses: await alterResources(
      broker,
      resources,
      validateOnly,
      ({ configs }) =>
        (where) =>
          givenConfigs(where, configs),
    ),
  }),
)
