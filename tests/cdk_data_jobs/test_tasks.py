"""Jobs as tasks of a state machine."""

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_stepfunctions as sfn
from catalogue import jobs
from catalogue.shop import Shop

from cdk_data_jobs import DataJobError


@pytest.fixture
def machine(stack: Stack, resources: Any, with_names: Any) -> Any:
    """Returns the definition of the state machine that has a task, and what its role may do."""

    def find(task: Any) -> Any:
        sfn.StateMachine(stack, "Pipeline", definition_body=sfn.DefinitionBody.from_chainable(task))
        definitions = resources(stack, "AWS::StepFunctions::StateMachine")
        [found] = [one["Properties"] for name, one in definitions.items() if name.startswith("Pipeline")]
        policies = resources(stack, "AWS::IAM::Policy")
        [policy] = [one["Properties"]["PolicyDocument"] for name, one in policies.items() if name.startswith("Pip")]
        return json.loads(with_names(found["DefinitionString"])), policy["Statement"]

    return find


def test_a_task_requests_a_run_and_waits_for_its_outcome(import_job: Any, machine: Any, stack: Stack) -> None:
    definition, _ = machine(import_job().as_task(stack, "Import", result_path="$.imported"))

    state = definition["States"]["Import"]
    request = state["Parameters"]["Payload"]
    assert state["Resource"].endswith(":states:::lambda:invoke.waitForTaskToken")
    assert state["ResultPath"] == "$.imported"
    assert state["TimeoutSeconds"] == 8 * 24 * 3600
    assert (request["RequestType"], request["StartedBy"], request["TaskToken.$"]) == ("Run", "task", "$$.Task.Token")


def test_a_task_that_is_tried_again_is_the_same_run(import_job: Any, machine: Any, stack: Stack) -> None:
    definition, _ = machine(import_job().as_task(stack, "Import"))

    identity = definition["States"]["Import"]["Parameters"]["Payload"]["RequestId.$"]
    assert identity == "States.Format('{} {} {}', $$.Execution.Id, $$.State.Name, $$.State.EnteredTime)"


def test_a_function_without_concurrency_is_tried_again(import_job: Any, machine: Any, stack: Stack) -> None:
    definition, _ = machine(import_job().as_task(stack, "Import"))

    retriers = definition["States"]["Import"]["Retry"]
    [throttled] = [one for one in retriers if "Lambda.TooManyRequestsException" in one["ErrorEquals"]]
    assert throttled == {
        "ErrorEquals": ["Lambda.TooManyRequestsException"],
        "IntervalSeconds": 5,
        "BackoffRate": 2,
        "MaxDelaySeconds": 240,
        "MaxAttempts": 720,
        "JitterStrategy": "FULL",
    }


def test_the_state_machine_may_invoke_the_function_and_nothing_else(
    import_job: Any, machine: Any, stack: Stack
) -> None:
    _, statements = machine(import_job().as_task(stack, "Import"))

    [statement] = statements
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"]["Fn::GetAtt"][1] == "Arn"


def test_errors_have_names_that_a_catch_can_match(import_job: Any, machine: Any, stack: Stack) -> None:
    task = import_job().as_task(stack, "Import")
    errors = [DataJobError.FAILED, DataJobError.NOT_CREATED, DataJobError.TIMED_OUT, DataJobError.CRASHED]
    task.add_catch(sfn.Pass(stack, "Told"), errors=errors)
    definition, _ = machine(task)

    [catch] = definition["States"]["Import"]["Catch"]
    assert catch["ErrorEquals"] == ["DataJob.Failed", "DataJob.NotCreated", "DataJob.TimedOut", "DataJob.Crashed"]


def test_comment_selector_and_timeout_are_as_given(import_job: Any, machine: Any, stack: Stack) -> None:
    task = import_job().as_task(
        stack,
        "Import",
        comment="the readers",
        result_selector={"arn.$": "$.datasetImportJobArn"},
        task_timeout=sfn.Timeout.duration(Duration.hours(2)),
    )
    state = machine(task)[0]["States"]["Import"]

    assert (state["Comment"], state["TimeoutSeconds"]) == ("the readers", 7200)
    assert state["ResultSelector"] == {"arn.$": "$.datasetImportJobArn"}


def test_a_task_of_another_stack_names_the_jobs_own_stack(app: Any, import_job: Any) -> None:
    other = Stack(app, "Pipelines")
    task = import_job().as_task(other, "Import")
    sfn.StateMachine(other, "Pipeline", definition_body=sfn.DefinitionBody.from_chainable(task))

    template = app.synth().get_stack_by_name("Pipelines").template
    machines = [one for one in template["Resources"].values() if one["Type"] == "AWS::StepFunctions::StateMachine"]
    assert "AWSStackId" in str(machines)
    assert "'Ref': 'AWS::StackId'" not in str(machines)


def test_a_task_in_jsonata_requests_a_run_and_waits_for_its_outcome(
    import_job: Any, machine: Any, stack: Stack
) -> None:
    definition, statements = machine(
        import_job().as_jsonata_task(
            stack,
            "Import",
            comment="the readers",
            outputs={"arn": "{% $states.result.datasetImportJobArn %}"},
            assign={"status": "{% $states.result.status %}"},
        )
    )

    state = definition["States"]["Import"]
    request = state["Arguments"]["Payload"]
    assert state["QueryLanguage"] == "JSONata"
    assert state["Resource"].endswith(":states:::lambda:invoke.waitForTaskToken")
    assert (state["Comment"], state["TimeoutSeconds"]) == ("the readers", 8 * 24 * 3600)
    assert state["Output"] == {"arn": "{% $states.result.datasetImportJobArn %}"}
    assert state["Assign"] == {"status": "{% $states.result.status %}"}
    assert (request["RequestType"], request["StartedBy"]) == ("Run", "task")
    assert request["TaskToken"] == "{% $states.context.Task.Token %}"
    assert "Lambda.TooManyRequestsException" in str(state["Retry"])
    assert [one["Action"] for one in statements] == ["lambda:InvokeFunction"]


def test_both_languages_request_the_same_run(import_job: Any, machine: Any, stack: Stack) -> None:
    job = import_job()
    task = job.as_task(stack, "JsonPath").next(job.as_jsonata_task(stack, "Jsonata"))
    states = machine(task)[0]["States"]

    in_path, in_jsonata = (
        states["JsonPath"]["Parameters"]["Payload"],
        states["Jsonata"]["Arguments"]["Payload"],
    )
    identity = (
        "{% $states.context.Execution.Id & ' ' & $states.context.State.Name & ' ' & "
        "$states.context.State.EnteredTime %}"
    )
    assert in_jsonata.pop("RequestId") == identity
    assert (in_jsonata.pop("TaskToken"), in_path.pop("TaskToken.$")) == (
        "{% $states.context.Task.Token %}",
        "$$.Task.Token",
    )
    in_path.pop("RequestId.$")
    assert in_jsonata == in_path


def test_a_parameter_can_be_an_expression_of_jsonata(stack: Stack, machine: Any, shop: Shop) -> None:
    job = jobs.recommend(shop, solution_version_arn="{% $states.input.version %}", deploy_time=False)
    definition, _ = machine(job.as_jsonata_task(stack, "Recommend"))

    request = definition["States"]["Recommend"]["Arguments"]["Payload"]
    assert request["ResourceProperties"]["Parameters"]["solutionVersionArn"] == "{% $states.input.version %}"
