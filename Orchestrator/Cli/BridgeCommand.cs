using System.CommandLine;
using System.Globalization;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps bridge show DIR [MODEL]</c>: what bridges lose; <c>sweeps bridge intervene DIR MODEL TASK</c>: what nodes of a circuit do in
/// the dense model.
/// </summary>
internal static class BridgeCommand
{
    public static Command Create(Terminal terminal) =>
        new("bridge", "Looks into bridges between a dense model and a sparse one.") { Show(terminal), Intervene(terminal) };

    private static Command Show(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var model = new Argument<string?>("MODEL")
        {
            Description = "A bridged model of the sweep. Default: all of them.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "show", "Shows bridges: their errors at each site, what hybrids of the two models lose, and interventions.")
        {
            folder, model, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (root, id) = (parsed.GetRequiredValue(folder), parsed.GetValue(model));
            var sweep = StoredSweep.Load(root, parsed.GetValue(config));
            var shown = id is null
                ? sweep.Models.Where(one => one.Bridges is not null).ToList()
                : [Bridged(FoundIn.Model(sweep, root, id))];
            if (shown.Count == 0) throw new CliException(ExitCode.Invalid, $"{root} has no bridges: expected a sweep with bridges");
            if (parsed.GetValue(json))
            {
                foreach (var one in shown) terminal.Json(new { Model = one.Plan.Id.Value, one.Bridges });
                return ExitCode.Ok;
            }
            var report = ReportBuilder.Build(sweep with { Models = shown });
            ReportSection?[] sections = [BridgesSection.Of(report), InterventionsSection.Of(report)];
            foreach (var table in sections.OfType<ReportSection>().SelectMany(section => section.Tables))
                terminal.Ansi.Write(new FittingTable(table));
            if (sections[0] is null) terminal.Line("The bridges are not measured yet.");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Intervene(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var model = new Argument<string>("MODEL") { Description = "A sparse model of the sweep: a bridged one, or with --dense any." };
        var task = new Argument<string>("TASK") { Description = "A task whose search has ended." };
        var dense = new Option<string?>("--dense")
        {
            Description = "The dense model, and decoders fitted by ridge regression. Default: the one that MODEL is bridged to.",
            HelpName = "MODEL",
        };
        var ridge = new Option<bool>("--ridge") { Description = "Decoders fitted by ridge regression in the place of the trained ones." };
        var where = new Option<InterventionPlace?>("--where")
        {
            Description = "Add changes to what one sublayer reads (read), or to the residual before it (residual). Default: as in the "
                + "sweep.",
            HelpName = "PLACE",
        };
        var pairs = new Option<int?>("--pairs") { Description = "Pairs of prompts. Default: as in the sweep.", HelpName = "N" };
        var draws = new Option<int?>("--draws") { Description = "Random directions. Default: as in the sweep.", HelpName = "N" };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "intervene", "Changes nodes of a task's circuit in the dense model, and says what it then answers.")
        {
            folder, model, task, dense, ridge, where, pairs, draws, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (root, name) = (parsed.GetRequiredValue(folder), parsed.GetRequiredValue(task));
            var sweep = StoredSweep.Load(root, parsed.GetValue(config));
            var sparse = FoundIn.Model(sweep, root, parsed.GetRequiredValue(model));
            var circuit = FoundIn.Circuit(sparse, FoundIn.Task(sweep, sparse, name));
            var inputs = SweepPlan.Of(sweep.Spec).Evaluate(sparse.Plan, name, sweep.Prepared!, sparse.Trained!);
            var other = parsed.GetValue(dense);
            var bridged = other is null ? (TrainBridgeResult)Bridged(sparse).Trained! : null;
            var options = sweep.Spec.Bridges.Intervention;
            var job = new BridgeInterveneJob(
                inputs, bridged?.Dense ?? FoundIn.Model(sweep, root, other!).Trained!.Model,
                parsed.GetValue(ridge) ? null : bridged?.Bridges, circuit)
            {
                Intervention = options with
                {
                    Where = parsed.GetValue(where) ?? options.Where,
                    Pairs = parsed.GetValue(pairs) ?? options.Pairs,
                    RandomDraws = parsed.GetValue(draws) ?? options.RandomDraws,
                },
            };
            if (job.Intervention.Validate().FirstOrDefault() is { } problem) throw new CliException(ExitCode.Invalid, problem);
            var found = DeviceQuestion.Ask<BridgeQuestion, BridgeInterveneResult>(
                "--bridge", new BridgeQuestion(Path.GetFullPath(root), job));
            if (parsed.GetValue(json)) terminal.Json(found);
            else foreach (var direction in found.Directions) terminal.Ansi.Write(new FittingTable(Lines(name, found.Pairs, direction)));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static ModelSnapshot Bridged(ModelSnapshot model) => model.Bridges is not null
        ? model
        : throw new CliException(
            ExitCode.Invalid, $"{model.Plan.Id} has no bridges: expected a model whose name ends in -bridged, or --dense MODEL");

    private static ReportTable Lines(string task, int pairs, BridgeIntervention of) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{task}, prompts {of.Presented}, {pairs} pairs: probability of {of.Target}, after the other prompts {of.Dense.Mean:G4}"),
        ["change", "strength 0", "strength 1/2", "strength 1", "low", "high"],
        [
            .. of.Lines.Select(line => (IReadOnlyList<string>)
            [
                InterventionsSection.Name(line), Format.Short(line.Points[0].Whole.Mean),
                Format.Short(line.Points[line.Points.Count / 2].Whole.Mean), Format.Short(line.Points[^1].Whole.Mean),
                Format.Short(line.Points[^1].Whole.Low), Format.Short(line.Points[^1].Whole.High),
            ]),
        ]);
}
