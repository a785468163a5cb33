"""What only v2 has, in the sandbox's own table: ``camunda-v2-further.md``, and of 8.8 the schemas of its clients."""

from __future__ import annotations

from operate_frames.sandbox.v2.fields import Described

__all__ = ["FURTHER"]

# What two fields together name is kept under an id of its own, which nobody sees but as the tie-breaker of sorts.
FURTHER = (
    Described(
        "user-tasks",
        "userTaskKey",
        """
        name                      text             opt/null/null  =/S/S  sort
        state                     enum:user_task   opt/req/req    E      -
        assignee                  text             opt/null/null  S      -
        elementId                 text             opt/req/req    =      -
        candidateGroups           list             opt/req/req    -      -
        candidateUsers            list             opt/req/req    -      -
        processDefinitionId       text             opt/req/req    =/=/S  -
        creationDate              date             opt/req/req    R      sort
        completionDate            date             opt/null/null  R      sort
        followUpDate              date             opt/null/null  R      sort
        dueDate                   date             opt/null/null  R      sort
        tenantId                  text             opt/req/req    S      -
        externalFormReference     text             opt/null/null  -      -
        processDefinitionVersion  int              opt/req/req    -      -
        customHeaders             json             opt/req/req    -      -
        priority                  int              req            R      sort
        userTaskKey               key              req            =      -
        elementInstanceKey        key              opt/req/req    =      -
        processName               text             opt/null/null  -      -
        processDefinitionKey      key              opt/req/req    =/=/K  -
        processInstanceKey        key              opt/req/req    =/=/K  -
        rootProcessInstanceKey    key              -/null/null    -      -
        businessId                text             -/-/null       -/-/S  -/-/sort
        formKey                   key              opt/null/null  -      -
        tags                      list             -/req/req      -/=/=  -
        candidateGroup            member           -              S      -
        candidateUser             member           -              S      -
        """,
        takes_or=("8.10",),
    ),
    Described(
        "jobs",
        "jobKey",
        """
        customHeaders             json                 req            -      -
        deadline                  date                 null           R      sort
        deniedReason              text                 null           S      sort
        elementId                 text                 req/null/null  S      sort
        elementInstanceKey        key                  req            K      sort
        endTime                   date                 opt/null/null  R      sort
        errorCode                 text                 null           S      sort
        errorMessage              text                 null           S      sort
        hasFailedWithRetriesLeft  flag                 req            =      -/sort/sort
        isDenied                  flag                 null           =      sort
        jobKey                    key                  req            K      sort
        kind                      enum:job_kind        req            E      sort
        listenerEventType         enum:listener_event  req            E      sort
        processDefinitionId       text                 req/req/null   S      sort
        processDefinitionKey      key                  req/req/null   K      sort
        processInstanceKey        key                  req            K      sort
        rootProcessInstanceKey    key                  -/null/null    -      -
        businessId                text                 -/-/null       -      -
        retries                   int                  req            R      sort
        state                     enum:job             req            E      sort
        tenantId                  text                 req            S      sort
        type                      text                 req            S      sort
        worker                    text                 req            S      sort
        creationTime              date                 -/null/null    -/R/R  -/-/sort
        lastUpdateTime            date                 -/null/null    -/R/R  -
        priority                  int                  -/-/req        -/-/R  -/-/sort
        """,
        has_key_route=False,
    ),
    Described(
        "message-subscriptions",
        "messageSubscriptionKey",
        """
        businessId                text                     -/-/null       -/-/S  -/-/sort
        messageSubscriptionKey    key                      opt/req/req    K      sort
        processDefinitionId       text                     opt/req/req    S      sort
        processDefinitionKey      key                      opt/null/null  -/K/K  -
        processInstanceKey        key                      opt/null/null  K      sort
        rootProcessInstanceKey    key                      -/null/null    -      -
        elementId                 text                     opt/req/req    S      sort
        elementInstanceKey        key                      opt/null/null  K      sort
        messageSubscriptionState  enum:subscription        opt/req/req    E      sort
        lastUpdatedDate           date                     opt/req/req    R      sort
        messageName               text                     opt/req/req    S      sort
        correlationKey            text                     opt/null/null  S      sort
        messageSubscriptionType   enum:subscription_type   -/-/req        -/-/E  -/-/sort
        toolProperties            json                     -/-/req        -      -
        processDefinitionName     text                     -/-/null       -/-/S  -/-/sort
        processDefinitionVersion  int                      -/-/null       -/-/R  -/-/sort
        toolName                  text                     -/-/null       -/-/S  -/-/sort
        inboundConnectorType      text                     -/-/null       -/-/S  -/-/sort
        tenantId                  text                     opt/req/req    S      sort
        """,
        has_key_route=False,
    ),
    Described(
        "correlated-message-subscriptions",
        "id",
        """
        id                      text  -             -      -
        businessId              text  -/-/null      -/-/S  -/-/sort
        correlationKey          text  req/null/null S      sort
        correlationTime         date  req           R      sort
        elementId               text  req           S      sort
        elementInstanceKey      key   opt/null/null K      sort
        messageKey              key   req           K      sort
        messageName             text  req           S      sort
        partitionId             int   req           R      sort
        processDefinitionId     text  req           S      sort
        processDefinitionKey    key   opt/req/null  K      sort
        processInstanceKey      key   req           K      sort
        rootProcessInstanceKey  key   -/null/null   -      -
        subscriptionKey         key   req           K      sort
        tenantId                text  req           S      sort
        """,
        has_key_route=False,
    ),
    Described(
        "batch-operations",
        "batchOperationKey",
        """
        batchOperationKey         text             opt/req/req    K      sort
        state                     enum:batch       opt/req/req    E      sort
        batchOperationType        enum:batch_type  opt/req/null   -      -
        startDate                 date             opt/null/null  -      sort
        endDate                   date             opt/null/null  -      sort
        actorType                 enum:actor       -/null/null    -/=/=  -/sort/sort
        actorId                   text             -/null/null    -/S/S  -/sort/sort
        operationsTotalCount      int              opt/req/req    -      -
        operationsFailedCount     int              opt/req/req    -      -
        operationsCompletedCount  int              opt/req/req    -      -
        errors                    json             opt/req/req    -      -
        operationType             enum:batch_type  -              E      sort
        """,
    ),
    Described(
        "batch-operation-items",
        "id",
        """
        id                      text             -              -      -
        operationType           enum:batch_type  opt/req/req    -/E/E  -
        batchOperationKey       text             opt/req/req    K      sort
        itemKey                 text             opt/req/req    K      sort
        processInstanceKey      key              opt/req/null   K      sort
        rootProcessInstanceKey  key              -/null/null    -      -
        state                   enum:batch_item  opt/req/req    E      sort
        processedDate           date             opt/null/null  -      -/sort/sort
        errorMessage            text             opt/null/null  -      -
        """,
        has_key_route=False,
    ),
    Described(
        "audit-logs",
        "auditLogKey",
        """
        auditLogKey              text               req        K      sort
        entityKey                text               req        K      sort
        entityType               enum:entity        req        E      sort
        operationType            enum:operation     req        E      sort
        batchOperationKey        text               null       -      sort
        batchOperationType       enum:batch_type    null       E      sort
        timestamp                date               req        R      sort
        actorId                  text               null       S      sort
        actorType                enum:actor         null       E      sort
        agentElementId           text               null       S      -
        tenantId                 text               null       S      sort
        result                   enum:audit_result  req        E      sort
        category                 enum:category      req        E      sort
        processDefinitionId      text               null       S      sort
        processDefinitionKey     key                null       K      sort
        processInstanceKey       key                null       K      sort
        rootProcessInstanceKey   key                null       -      -
        elementInstanceKey       key                null       K      sort
        jobKey                   key                null       K      sort
        userTaskKey              key                null       K      sort
        decisionRequirementsId   text               null       S      sort
        decisionRequirementsKey  key                null       K      sort
        decisionDefinitionId     text               null       S      sort
        decisionDefinitionKey    key                null       K      sort
        decisionEvaluationKey    key                null       K      sort
        deploymentKey            key                null       K      -
        formKey                  key                null       K      -
        resourceKey              key                null       K      -
        relatedEntityKey         text               null       K      -
        relatedEntityType        enum:entity        null       E      -
        entityDescription        text               null       S      -
        inboundChannelType       text               -/-/null   -/-/S  -/-/sort
        inboundChannelToolName   text               -/-/null   -/-/S  -/-/sort
        """,
        since="8.9",
    ),
)
