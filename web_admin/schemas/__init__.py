# SPDX-License-Identifier: Apache-2.0
"""What requests bring and answers hold, as pydantic models: a file for each subject.

A model of a request is checked with; a model of an answer describes it in the OpenAPI file, and the tests hold it to
what is sent. A model's name is its name in that file, so no two may have the same.
"""
