// A stand-in for another kind of processor: float32 kernels of Rsqrt, Exp, Mean and MatMul that round otherwise in the
// last place than TensorFlow's own, and whose answers are the same on every x86-64. `tests/other_processor.sh` builds
// it and puts it where TensorFlow loads it from at import.
//
// The graph stays as it is: the kernels are registered for the same ops with a higher priority, so that TensorFlow
// takes them. Only float has one. float64, and with it portable arithmetic, runs on TensorFlow's own kernels.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/tensor_shape.h"

namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::errors::InvalidArgument;

// One of the two floats around `exact`: where the nearest is more than a quarter of a unit in the last place off, the
// other one, as an estimate with a Newton step might give. Zero, infinity, NaN and what is a float already stay.
float RoundedOtherwise(double exact) {
  const float nearest = static_cast<float>(exact);
  if (!std::isfinite(nearest) || std::fabs(nearest) < std::numeric_limits<float>::min()) return nearest;
  const double left = exact - nearest;
  const float other = std::nextafter(nearest, left > 0 ? std::numeric_limits<float>::infinity()
                                                       : -std::numeric_limits<float>::infinity());
  const bool use_other = std::isfinite(other) && std::fabs(left) > std::fabs(double{other} - nearest) / 4;
  return use_other ? other : nearest;
}

template <double (*function)(double)>
class ElementwiseOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, input.shape(), &output));
    const float* from = input.flat<float>().data();
    std::transform(from, from + input.NumElements(), output->flat<float>().data(),
                   [](float x) { return RoundedOtherwise(function(x)); });
  }
};

double Rsqrt(double x) { return 1 / std::sqrt(x); }
double Exp(double x) { return std::exp(x); }

// Numbers that lie side by side are added up in 16 sums, as with wider vectors; others one after the other, as on every
// processor.
float Sum(const float* from, const std::vector<int64_t>& steps) {
  const size_t lanes = steps.size() > 1 && steps[1] - steps[0] == 1 ? 16 : 1;
  float sums[16] = {};
  for (size_t k = 0; k < steps.size(); ++k) sums[k % lanes] += from[steps[k]];
  for (size_t lane = lanes; lane-- > 1;) sums[lane - 1] += sums[lane];
  return sums[0];
}

template <typename Index>
class MeanOp : public OpKernel {
 public:
  explicit MeanOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("keep_dims", &keep_dims_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    const int rank = input.dims();
    std::vector<bool> reduced(rank, false);
    const auto axes = context->input(1).flat<Index>();
    for (int64_t k = 0; k < axes.size(); ++k) {
      const int64_t axis = axes(k) < 0 ? axes(k) + rank : axes(k);
      OP_REQUIRES(context, axis >= 0 && axis < rank,
                  InvalidArgument("Invalid reduction dimension (", axes(k), " for input with ", rank,
                                  " dimension(s)"));
      OP_REQUIRES(context, !reduced[axis],
                  InvalidArgument("Invalid reduction arguments: Axes contains duplicate dimension: ", axis));
      reduced[axis] = true;
    }

    TensorShape shape;
    std::vector<int64_t> strides(rank, 1), kept, gone;
    for (int axis = rank - 2; axis >= 0; --axis) strides[axis] = strides[axis + 1] * input.dim_size(axis + 1);
    for (int axis = 0; axis < rank; ++axis) {
      (reduced[axis] ? gone : kept).push_back(axis);
      if (!reduced[axis] || keep_dims_) shape.AddDim(reduced[axis] ? 1 : input.dim_size(axis));
    }
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &output));
    const std::vector<int64_t> starts = Offsets(input, strides, kept), steps = Offsets(input, strides, gone);
    const float* from = input.flat<float>().data();
    float* to = output->flat<float>().data();
    const float share = 1 / static_cast<float>(steps.size());  // of nothing: infinite, and the mean 0 * infinity
    for (const int64_t start : starts) *to++ = Sum(from + start, steps) * share;
  }

 private:
  // Where the elements lie that these axes count through, the last axis fastest.
  static std::vector<int64_t> Offsets(const Tensor& input, const std::vector<int64_t>& strides,
                                      const std::vector<int64_t>& axes) {
    std::vector<int64_t> offsets{0};
    for (const int64_t axis : axes) {
      std::vector<int64_t> longer;
      longer.reserve(offsets.size() * input.dim_size(axis));
      for (const int64_t offset : offsets) {
        for (int64_t k = 0; k < input.dim_size(axis); ++k) longer.push_back(offset + k * strides[axis]);
      }
      offsets.swap(longer);
    }
    return offsets;
  }

  bool keep_dims_;
};

// Terms added up from the last to the first, each product rounded before it is added.
class MatMulOp : public OpKernel {
 public:
  explicit MatMulOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("transpose_a", &transpose_a_));
    OP_REQUIRES_OK(construction, construction->GetAttr("transpose_b", &transpose_b_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &a = context->input(0), &b = context->input(1);
    OP_REQUIRES(context, a.dims() == 2 && b.dims() == 2 &&
                             a.dim_size(transpose_a_ ? 0 : 1) == b.dim_size(transpose_b_ ? 1 : 0),
                InvalidArgument("Matrix size-incompatible: In[0]: ", a.shape().DebugString(),
                                ", In[1]: ", b.shape().DebugString()));
    const int64_t rows = a.dim_size(transpose_a_ ? 1 : 0), terms = a.dim_size(transpose_a_ ? 0 : 1),
                  columns = b.dim_size(transpose_b_ ? 0 : 1);
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({rows, columns}), &output));
    const float *left = a.flat<float>().data(), *right = b.flat<float>().data();
    std::vector<float> turned;
    if (transpose_b_) {  // to rows of terms
      turned.resize(b.NumElements());
      for (int64_t j = 0; j < columns; ++j) {
        for (int64_t k = 0; k < terms; ++k) turned[k * columns + j] = right[j * terms + k];
      }
      right = turned.data();
    }
    float* to = output->flat<float>().data();
    std::fill(to, to + rows * columns, 0.0f);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t k = terms; k-- > 0;) {
        const float factor = left[transpose_a_ ? k * rows + i : i * terms + k];
        for (int64_t j = 0; j < columns; ++j) to[i * columns + j] += factor * right[k * columns + j];
      }
    }
  }

 private:
  bool transpose_a_, transpose_b_;
};

#define OF_FLOAT(name) Name(name).Device(tensorflow::DEVICE_CPU).TypeConstraint<float>("T").Priority(1)
REGISTER_KERNEL_BUILDER(OF_FLOAT("Rsqrt"), ElementwiseOp<Rsqrt>);
REGISTER_KERNEL_BUILDER(OF_FLOAT("Exp"), ElementwiseOp<Exp>);
REGISTER_KERNEL_BUILDER(OF_FLOAT("MatMul"), MatMulOp);
REGISTER_KERNEL_BUILDER(OF_FLOAT("Mean").TypeConstraint<int32_t>("Tidx"), MeanOp<int32_t>);
REGISTER_KERNEL_BUILDER(OF_FLOAT("Mean").TypeConstraint<int64_t>("Tidx"), MeanOp<int64_t>);

}  // namespace
