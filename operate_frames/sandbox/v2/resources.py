"""The sandbox's own table of v2: which fields, filters and sort fields each version has (``camunda-v2.md`` 1.6).

It repeats nothing of the client's table on purpose: were the two one, both would be wrong together.
"""

from __future__ import annotations

from operate_frames.sandbox.v2.fields import VERSIONS, Described, Resource, Version
from operate_frames.sandbox.v2.further_resources import FURTHER

__all__ = ["RESOURCES", "resources_of"]

_DESCRIBED = (
    Described(
        "process-definitions",
        "processDefinitionKey",
        """
        name                  text              opt/null/null  S  sort
        resourceName          text              opt/req/req    =  sort
        version               int               opt/req/req    =  sort
        versionTag            text              opt/null/null  =  sort
        processDefinitionId   text              opt/req/req    S  sort
        tenantId              text              opt/req/req    =  sort
        processDefinitionKey  key               opt/req/req    =  sort
        hasStartForm          flag              opt/req/req    =  -
        state                 enum:definition   -/req/req      -/=/=  -
        isLatestVersion       flag              -              =  -
        """,
        has_xml=True,
    ),
    Described(
        "process-instances",
        "processInstanceKey",
        """
        processDefinitionId          text           req            S      sort
        processDefinitionName        text           req/null/null  S      sort
        processDefinitionVersion     int            req            R      sort
        processDefinitionVersionTag  text           opt/null/null  S      sort
        startDate                    date           req            R      sort
        endDate                      date           opt/null/null  R      sort
        state                        enum:instance  req            E      sort
        hasIncident                  flag           req            =      sort
        tenantId                     text           req            S      sort
        processInstanceKey           key            req            K      sort
        processDefinitionKey         key            req            K      sort
        parentProcessInstanceKey     key            opt/null/null  K      sort
        parentElementInstanceKey     key            opt/null/null  K      sort
        tags                         list           opt/req/req    =      -
        rootProcessInstanceKey       key            -/null/null    -      -
        businessId                   text           -/null/null    -/S/S  -/sort/sort
        suspendedDate                date           -/-/null       -/-/R  -/-/sort
        """,
        takes_or=VERSIONS,
    ),
    Described(
        "element-instances",
        "elementInstanceKey",
        """
        processDefinitionId     text               req/req/null   =      sort
        startDate               date               req            R      sort
        endDate                 date               opt/null/null  R      sort
        elementId               text               req            =/=/S  sort
        elementName             text               req            =/=/S  sort
        type                    enum:element_type  req            =      sort
        state                   enum:element       req            E      sort
        hasIncident             flag               req            =      -
        tenantId                text               req            =      sort
        elementInstanceKey      key                req            =      sort
        processInstanceKey      key                req            =      sort
        processDefinitionKey    key                req/req/null   =      sort
        incidentKey             key                opt/null/null  =      sort
        rootProcessInstanceKey  key                -/null/null    -      -
        """,
        takes_or=("8.10",),
    ),
    Described(
        "incidents",
        "incidentKey",
        """
        processDefinitionId     text           opt/req/req    =/S/S  sort
        errorType               enum:error     opt/req/req    =/S/S  sort
        errorMessage            text           opt/req/req    =/S/S  sort/-/-
        elementId               text           opt/req/req    =/S/S  sort
        creationTime            date           opt/req/req    R      sort
        state                   enum:incident  opt/req/req    =/S/S  sort
        tenantId                text           opt/req/req    =/S/S  sort
        incidentKey             key            opt/req/req    =/K/K  sort
        processDefinitionKey    key            opt/req/req    =/K/K  sort
        processInstanceKey      key            opt/req/req    =/K/K  sort
        elementInstanceKey      key            opt/req/req    =/K/K  sort
        jobKey                  key            opt/null/null  =/K/K  sort
        rootProcessInstanceKey  key            -/null/null    -      -
        """,
    ),
    Described(
        "variables",
        "variableKey",
        """
        name                    text  req          S  sort
        tenantId                text  req          =  sort
        variableKey             key   req          K  sort
        scopeKey                key   req          K  sort
        processInstanceKey      key   req          K  sort
        value                   text  req          S  sort
        isTruncated             flag  req          =  -
        rootProcessInstanceKey  key   -/null/null  -  -
        """,
    ),
    Described(
        "decision-definitions",
        "decisionDefinitionKey",
        """
        decisionDefinitionId         text  opt/req/req  =      sort
        name                         text  opt/req/req  =      sort
        version                      int   opt/req/req  =      sort
        decisionRequirementsId       text  opt/req/req  =      sort
        tenantId                     text  opt/req/req  =      sort
        decisionDefinitionKey        key   opt/req/req  =      sort
        decisionRequirementsKey      key   opt/req/req  =      sort
        decisionRequirementsName     text  -/req/req    -/=/=  -/sort/sort
        decisionRequirementsVersion  int   -/req/req    -/=/=  -/sort/sort
        """,
    ),
    Described(
        "decision-requirements",
        "decisionRequirementsKey",
        """
        decisionRequirementsName  text  opt/req/req  =  sort
        version                   int   opt/req/req  =  sort
        decisionRequirementsId    text  opt/req/req  =  sort
        resourceName              text  opt/req/req  =  -
        tenantId                  text  opt/req/req  =  sort
        decisionRequirementsKey   key   opt/req/req  =  sort
        """,
        has_xml=True,
    ),
    Described(
        "decision-instances",
        "decisionEvaluationInstanceKey",
        """
        decisionEvaluationInstanceKey  text                opt/req/req    =/K/K  sort
        state                          enum:decision       opt/req/req    =/S/S  sort
        evaluationDate                 date                opt/req/req    R      sort
        evaluationFailure              text                opt/null/null  =      sort
        decisionDefinitionId           text                opt/req/req    =      sort
        decisionDefinitionName         text                opt/req/req    =      sort
        decisionDefinitionVersion      int                 opt/req/req    =      sort
        decisionDefinitionType         enum:decision_type  opt/req/req    =      sort
        result                         text                opt/req/req    -      -
        tenantId                       text                opt/req/req    =      sort
        decisionEvaluationKey          key                 opt/req/req    =      sort
        processDefinitionKey           key                 opt/null/null  =      sort
        processInstanceKey             key                 opt/null/null  =      sort
        decisionDefinitionKey          key                 opt/req/req    K      sort
        elementInstanceKey             key                 opt/null/null  K      sort
        rootDecisionDefinitionKey      key                 -/req/req      -/K/K  -/sort/sort
        rootProcessInstanceKey         key                 -/null/null    -      -
        businessId                     text                -/-/null       -/-/S  -/-/sort
        decisionRequirementsKey        key                 -              -/K/K  -
        """,
    ),
    *FURTHER,
)

RESOURCES = tuple(described.name for described in _DESCRIBED)


def resources_of(version: Version) -> dict[str, Resource]:
    """Give the resources that a version has.

    Parameters
    ----------
    version : {"8.8", "8.9", "8.10"}
        Of Camunda.

    Returns
    -------
    dict of str to Resource
        By their place in the path.
    """
    at = VERSIONS.index(version)
    return {each.name: each.of(version) for each in _DESCRIBED if VERSIONS.index(each.since) <= at}
