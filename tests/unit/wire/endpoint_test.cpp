#include "lectr/wire/endpoint.hpp"

#include <gtest/gtest.h>
