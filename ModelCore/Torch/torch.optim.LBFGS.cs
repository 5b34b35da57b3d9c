namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Limited-memory BFGS with a strong-Wolfe line search over tensors; for few parameters and exact losses.</summary>
        /// <param name="parameters">leaves that require gradients; they stay the caller's</param>
        /// <param name="max_iter">steps at most</param>
        /// <param name="tolerance_grad">stop when no derivative is larger</param>
        /// <param name="tolerance_change">stop when neither a parameter nor the loss changes by more</param>
        /// <param name="history_size">steps that the curvature is estimated from</param>
        public sealed class LBFGS(
            IReadOnlyList<Tensor> parameters, int max_iter = 20, double tolerance_grad = 1e-7, double tolerance_change = 1e-9, int history_size = 10)
        {
            /// <summary>Minimises from the parameters' present values and leaves the best ones found in them.</summary>
            /// <param name="closure">the loss at the parameters' present values, one element; its backward is called here</param>
            /// <returns>where and why it stopped</returns>
            /// <remarks>Unlike PyTorch's, two calls share no history.</remarks>
            public LbfgsResult step(Func<Tensor> closure)
            {
                var result = Lbfgs.Minimise(
                    (x, gradient) =>
                    {
                        Write(x);
                        using var scope = NewDisposeScope();
                        using var recording = enable_grad();
                        foreach (var parameter in parameters) parameter.grad = null;
                        var loss = closure();
                        loss.backward();
                        Read(p => p.grad ?? throw new InvalidOperationException($"LBFGS: the loss does not depend on {p}"), gradient);
                        return loss.ToDouble();
                    },
                    Start(), max_iter, tolerance_grad, tolerance_change, history_size);
                Write(result.X);
                foreach (var parameter in parameters) parameter.grad = null;
                return result;
            }

            private double[] Start()
            {
                using var scope = NewDisposeScope();
                var x = new double[parameters.Sum(p => p.numel())];
                Read(p => p, x);
                return x;
            }

            private void Read(Func<Tensor, Tensor> what, double[] flat)
            {
                var start = 0;
                foreach (var parameter in parameters)
                {
                    var count = (int)parameter.numel();
                    what(parameter).detach().to(ScalarType.Float64).copy_to(flat.AsSpan(start, count));
                    start += count;
                }
            }

            private void Write(double[] flat)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                var start = 0;
                foreach (var parameter in parameters)
                {
                    var count = (int)parameter.numel();
                    parameter.copy_(tensor<double>(flat.AsSpan(start, count), parameter.shape));
                    start += count;
                }
            }
        }
    }
}
