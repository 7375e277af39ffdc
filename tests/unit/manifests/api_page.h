#pragma once

// docs/api.md, made from the schema in manifests/crd: every field with its type, bounds, default
// and description, the rules over several fields and the columns of `kubectl get`. After a change
// of the schema: build/tests/api_page > docs/api.md

#include <string>

namespace clockwork::testing {

// `definition` is the text of a CustomResourceDefinition in YAML. Throws YAML::Exception when it is
// none.
std::string RenderApiPage(const std::string& definition);

}  // namespace clockwork::testing
